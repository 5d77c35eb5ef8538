//! Events of a transaction.

/// One event: type and attributes in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Event type, for example `transfer`.
    pub kind: &'static str,
    /// Attributes as key and value.
    pub attributes: Vec<(&'static str, String)>,
}

impl Event {
    /// An event with attributes.
    pub fn new(kind: &'static str, attributes: Vec<(&'static str, String)>) -> Self {
        Self { kind, attributes }
    }

    /// The event as CometBFT shows it in JSON.
    pub fn to_json(&self) -> serde_json::Value {
        let attributes: Vec<_> = self
            .attributes
            .iter()
            .map(|(key, value)| serde_json::json!({"key": key, "value": value, "index": true}))
            .collect();
        serde_json::json!({"type": self.kind, "attributes": attributes})
    }

    /// Adds the index of the message that emitted the event.
    pub fn tag_message(&mut self, index: usize) {
        self.attributes.push(("msg_index", index.to_string()));
    }
}
