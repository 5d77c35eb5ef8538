//! Saying ahead that API keys stop working.

use crate::House;
use app::customer::note_api_key_end;
use projections::Paging;

/// Keys of one page.
const KEYS: u32 = 100;

/// Goes through the keys whose end is to be said by now; how many it was said of. In several processes at once each end is
/// still said once: the customer's aggregate decides.
pub async fn pass(house: &House) -> anyhow::Result<usize> {
    let (now, mut said, mut after) = (house.studio.clock.now(), 0, None);
    loop {
        let page = house.views.accounts().api_keys_due(now, Paging::first(KEYS, after)).await?;
        for row in &page.rows {
            match note_api_key_end(&house.studio, row.customer, row.key).await {
                Ok(was_due) => said += usize::from(was_due),
                Err(fault) => {
                    tracing::warn!(%fault, private = fault.private, key = %row.key, "the end of an API key could not be said");
                }
            }
        }
        after = page.rows.last().map(projections::Placed::cursor);
        if !page.has_next {
            return Ok(said);
        }
    }
}
