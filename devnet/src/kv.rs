//! The key-value state: one sorted map with layers of uncommitted changes over it.

use crate::events::Event;
use crate::failure::Outcome;
use crate::gas::{self, Meter};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A stored value, shared between the state and its readers.
pub type Value = Arc<[u8]>;
/// The committed state. The first byte of a key is the store, the rest is the key inside it.
pub type Map = BTreeMap<Vec<u8>, Value>;
/// Uncommitted changes; `None` is a deletion.
pub type Layer = BTreeMap<Vec<u8>, Option<Value>>;

/// A key: store tag and key bytes. Gas is counted for the key bytes only, as on the ledger.
#[derive(Debug, Clone)]
pub struct Key(Vec<u8>);

impl Key {
    /// A key in a store.
    pub fn new(store: u8, parts: &[&[u8]]) -> Self {
        let mut bytes = vec![store];
        for part in parts {
            bytes.extend_from_slice(part);
        }
        Self(bytes)
    }

    /// Bytes with the store tag.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn gas_bytes(&self) -> u64 {
        u64::try_from(self.0.len().saturating_sub(1)).unwrap_or(u64::MAX)
    }
}

fn length(value: &[u8]) -> u64 {
    u64::try_from(value.len()).unwrap_or(u64::MAX)
}

/// State access of one transaction (or query): layers, gas and events.
#[derive(Debug)]
pub struct Ctx<'a> {
    base: &'a Map,
    layers: Vec<Layer>,
    /// Gas counted for this transaction.
    pub meter: Meter,
    /// Events emitted so far.
    pub events: Vec<Event>,
    /// Height of the block being executed, or the committed height for checks and queries.
    pub height: u64,
    /// Block time: seconds since 1970 and nanoseconds.
    pub time: (i64, i32),
}

impl<'a> Ctx<'a> {
    /// Starts on a committed state with one layer of earlier changes.
    pub fn new(base: &'a Map, layer: Layer, meter: Meter, height: u64, time: (i64, i32)) -> Self {
        Self { base, layers: vec![layer], meter, events: Vec::new(), height, time }
    }

    /// Opens a layer of changes.
    pub fn begin(&mut self) {
        self.layers.push(Layer::new());
    }

    /// Merges the top layer into the one below.
    pub fn commit(&mut self) {
        if self.layers.len() > 1
            && let Some(top) = self.layers.pop()
            && let Some(below) = self.layers.last_mut()
        {
            below.extend(top);
        }
    }

    /// Drops the top layer.
    pub fn rollback(&mut self) {
        if self.layers.len() > 1 {
            self.layers.pop();
        }
    }

    /// Ends, handing back the bottom layer.
    pub fn into_layer(mut self) -> Layer {
        while self.layers.len() > 1 {
            self.commit();
        }
        self.layers.pop().unwrap_or_default()
    }

    /// Reads without gas.
    pub fn peek(&self, key: &Key) -> Option<Value> {
        for layer in self.layers.iter().rev() {
            if let Some(change) = layer.get(key.bytes()) {
                return change.clone();
            }
        }
        self.base.get(key.bytes()).cloned()
    }

    /// Reads.
    pub fn get(&mut self, key: &Key) -> Outcome<Option<Value>> {
        self.meter.consume(gas::READ_FLAT, "ReadFlat")?;
        let value = self.peek(key);
        let bytes = key.gas_bytes() + value.as_deref().map_or(0, length);
        self.meter.consume(gas::READ_PER_BYTE * bytes, "ReadPerByte")?;
        Ok(value)
    }

    /// Tests for presence.
    pub fn has(&mut self, key: &Key) -> Outcome<bool> {
        self.meter.consume(gas::HAS, "Has")?;
        Ok(self.peek(key).is_some())
    }

    /// Writes.
    pub fn set(&mut self, key: &Key, value: &[u8]) -> Outcome<()> {
        self.meter.consume(gas::WRITE_FLAT, "WriteFlat")?;
        self.meter.consume(gas::WRITE_PER_BYTE * key.gas_bytes(), "WritePerByte")?;
        self.meter.consume(gas::WRITE_PER_BYTE * length(value), "WritePerByte")?;
        self.put(key, value);
        Ok(())
    }

    /// Writes without gas.
    pub fn put(&mut self, key: &Key, value: &[u8]) {
        if let Some(layer) = self.layers.last_mut() {
            layer.insert(key.bytes().to_vec(), Some(Value::from(value)));
        }
    }

    /// Deletes.
    pub fn delete(&mut self, key: &Key) -> Outcome<()> {
        self.meter.consume(gas::DELETE, "Delete")?;
        if let Some(layer) = self.layers.last_mut() {
            layer.insert(key.bytes().to_vec(), None);
        }
        Ok(())
    }

    /// All entries whose key starts with the prefix, sorted by key, without gas.
    pub fn scan(&self, prefix: &Key) -> Vec<(Vec<u8>, Value)> {
        let mut found: BTreeMap<Vec<u8>, Option<Value>> = BTreeMap::new();
        let start = prefix.bytes().to_vec();
        for (key, value) in self.base.range(start.clone()..) {
            if !key.starts_with(prefix.bytes()) {
                break;
            }
            found.insert(key.clone(), Some(value.clone()));
        }
        for layer in &self.layers {
            for (key, change) in layer.range(start.clone()..) {
                if !key.starts_with(prefix.bytes()) {
                    break;
                }
                found.insert(key.clone(), change.clone());
            }
        }
        found.into_iter().filter_map(|(k, v)| v.map(|v| (k, v))).collect()
    }

    /// Emits an event.
    pub fn emit(&mut self, kind: &'static str, attributes: Vec<(&'static str, String)>) {
        self.events.push(Event::new(kind, attributes));
    }
}

/// Applies a layer to the committed state.
pub fn apply(base: &mut Map, layer: Layer) {
    for (key, change) in layer {
        match change {
            Some(value) => {
                base.insert(key, value);
            }
            None => {
                base.remove(&key);
            }
        }
    }
}
