//! Places in lists, as callers hold them.

use domain::id::CustomerId;

/// Makes cursors. The place behind one counts everybody's events, so it is sealed: the text tells nothing, and it names a
/// place only for the customer and the list it was made for.
pub trait Places: Send + Sync {
    /// The text for a place; always the same for the same place.
    fn seal(&self, customer: CustomerId, list: &str, place: i64) -> String;

    /// The place of a text; `None` for one that was not made for this customer and list.
    fn open(&self, customer: CustomerId, list: &str, text: &str) -> Option<i64>;

    /// The text for a place of a list that is sorted by a column, with what stands in it there.
    fn seal_sorted(&self, customer: CustomerId, list: &str, place: i64, value: &str) -> String;

    /// The place and what stood in the column; `None` for a text that was not made for this customer, list and order.
    fn open_sorted(&self, customer: CustomerId, list: &str, text: &str) -> Option<(i64, String)>;
}
