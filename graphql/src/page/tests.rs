use super::*;

/// Cursors of the list `l` are numbers.
struct Numbers;

impl Cursors for Numbers {
    fn open(&self, list: &str, text: &str) -> Option<Cursor> {
        (list == "Query.l").then(|| text.parse().ok().map(Cursor::at)).flatten()
    }

    fn open_sorted(&self, list: &str, text: &str) -> Option<(Cursor, String)> {
        let (place, value) = text.strip_prefix(list)?.strip_prefix(": ")?.split_once(' ')?;
        Some((Cursor::at(place.parse().ok()?), value.to_owned()))
    }
}

fn window<'a>(
    first: Option<i32>,
    after: Option<&'a str>,
    last: Option<i32>,
    before: Option<&'a str>,
) -> Window<'a> {
    Window { first, after, last, before }
}

fn code(window: Window<'_>) -> Option<&'static str> {
    window.paging("Query.l", &Numbers).err().map(|fault| fault.code)
}

/// doors 14: `first` with `after` and `before` was refused, and a cursor of one list worked in another.
#[test]
fn pages_are_checked_and_capped() {
    assert_eq!(code(window(None, None, None, None)), None);
    assert_eq!(code(window(Some(100), None, None, None)), None);
    assert_eq!(code(window(Some(5), Some("9"), None, Some("1"))), None);
    assert_eq!(code(window(None, Some("9"), Some(5), Some("1"))), None);
    assert_eq!(code(window(Some(101), None, None, None)), Some("graphql/paging-invalid"));
    assert_eq!(code(window(None, None, Some(101), None)), Some("graphql/paging-invalid"));
    assert_eq!(code(window(Some(-1), None, None, None)), Some("graphql/paging-invalid"));
    assert_eq!(code(window(Some(1), None, Some(1), None)), Some("graphql/paging-invalid"));
    assert_eq!(code(window(Some(1), Some("nonsense"), None, None)), Some("graphql/cursor-invalid"));
    assert_eq!(code(window(None, None, None, Some("nonsense"))), Some("graphql/cursor-invalid"));
    let elsewhere = window(Some(1), Some("9"), None, None).paging("Query.m", &Numbers);
    assert_eq!(elsewhere.unwrap_err().code, "graphql/cursor-invalid");
}

#[test]
fn a_window_is_a_page_of_the_read_model() {
    let paging = |window: Window<'_>| window.paging("Query.l", &Numbers).unwrap();
    let (nine, one) = (Some(Cursor::at(9)), Some(Cursor::at(1)));
    assert_eq!(paging(window(None, None, None, None)), Paging::first(CONNECTION_ROWS_DEFAULT, None));
    assert_eq!(paging(window(Some(5), Some("9"), None, Some("1"))), Paging::first(5, nine).before(one));
    assert_eq!(paging(window(None, Some("9"), Some(5), Some("1"))), Paging::last(5, one).after(nine));
    assert_eq!(paging(window(None, None, None, Some("1"))), Paging::last(CONNECTION_ROWS_DEFAULT, one));
    assert_eq!(
        paging(window(None, Some("9"), None, Some("1"))),
        Paging::first(CONNECTION_ROWS_DEFAULT, nine).before(one)
    );
}

#[test]
fn a_cursor_of_a_sorted_list_has_its_value_and_fits_no_other_order() {
    let text = "Query.l by NAME DESC: 9 Zoë & Sons";
    let sorted = |descending| {
        let by = OrderBy::new("Query.l", "NAME", 'n', descending);
        window(Some(5), Some(text), None, None).sorted(&by, &Numbers)
    };
    let (paging, order) = sorted(true).unwrap();
    assert_eq!(paging, Paging::first(5, Some(Cursor::at(9))));
    let after = Some("Zoë & Sons".to_owned());
    assert_eq!(order, Order { by: 'n', descending: true, after, before: None });
    assert_eq!(sorted(false).unwrap_err().code, "graphql/cursor-invalid");
    let plain = window(Some(5), Some(text), None, None).paging("Query.l", &Numbers);
    assert_eq!(plain.unwrap_err().code, "graphql/cursor-invalid");
}

#[derive(Debug, Clone, PartialEq)]
struct At(i64);

impl Placed for At {
    fn cursor(&self) -> Cursor {
        Cursor::at(self.0)
    }
}

#[test]
fn two_lists_merge_newest_first_and_say_that_more_is_there() {
    let page = |rows: &[i64]| Page {
        rows: rows.iter().copied().map(At).collect(),
        total: None,
        has_previous: false,
        has_next: false,
    };
    let older = merged(page(&[4, 1]), page(&[3, 2]), Paging::first(3, None));
    assert_eq!(older.rows, [At(4), At(3), At(2)]);
    assert!(older.has_next && !older.has_previous);
    let newer = merged(page(&[4, 1]), page(&[3, 2]), Paging::last(3, None));
    assert_eq!(newer.rows, [At(3), At(2), At(1)]);
    assert!(newer.has_previous && !newer.has_next);
    let all = merged(page(&[4, 1]), page(&[3, 2]), Paging::first(4, None));
    assert_eq!((all.rows.len(), all.has_next, all.has_previous), (4, false, false));
}
