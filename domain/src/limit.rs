//! Limits: what one caller may send or cost. Each has a name, and `studio config --limits` lists them all.

/// A limit as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The module that holds it, e.g. `rest::front`.
    pub place: &'static str,
    /// The name of the constant, e.g. `TARGET_CHARS_MAX`.
    pub name: &'static str,
    /// Its value.
    pub value: u64,
    /// What the value counts, e.g. `bytes`.
    pub unit: &'static str,
    /// What it bounds.
    pub meaning: &'static str,
}

/// Declares limits: constants with their docs, and the module's `LIMITS` that lists them. A room gathers the `LIMITS` of
/// its modules in `limits()` at its root.
///
/// ```text
/// domain::limits! {
///     /// Longest name of a list.
///     pub LIST_NAME_CHARS_MAX: usize = 64, "characters";
/// }
/// ```
#[macro_export]
macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $visible:vis $name:ident: $type:ty = $value:expr, $unit:literal;)+) => {
        $($(#[doc = $doc])+ $visible const $name: $type = $value;)+
        /// The limits of this module, for `studio config --limits`.
        pub(crate) const LIMITS: &[$crate::limit::Limit] = &[$($crate::limit::Limit {
            place: module_path!(),
            name: stringify!($name),
            value: $name as u64,
            unit: $unit,
            meaning: concat!($($doc),+),
        }),+];
    };
}
