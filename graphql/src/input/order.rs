//! In which order to list.

use crate::{default::OrDefault, page::OrderBy};
use async_graphql::{Enum, InputObject, InputType as _, Value};

/// Which end of an order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
pub(crate) enum OrderDirection {
    /// The smallest first: the earliest time, the beginning of the alphabet.
    #[default]
    Asc,
    /// The greatest first.
    Desc,
}

/// What DIDs can be sorted by. Equal ones stand in the order in which they were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "projections::DidColumn")]
pub(crate) enum DidOrderField {
    /// When it was asked for, or imported.
    Created,
    /// When anything last happened to it.
    Updated,
    /// What stands behind `did:cheqd:<network>:`.
    Did,
    /// Its network.
    Network,
    /// Where it stands, by the name of its phase.
    State,
    /// The first of its `keys`: that of its first verification method, unless its import named another.
    ControllerKey,
    /// What it is called here, capitals or not.
    Name,
    /// What it stands for.
    Kind,
}

/// What resource versions can be sorted by. Equal ones stand in the order in which they were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "projections::ResourceColumn")]
pub(crate) enum ResourceOrderField {
    /// When it was asked for.
    Created,
    /// Its name.
    Name,
    /// Its type.
    Type,
    /// Its media type.
    MediaType,
    /// Its version label.
    Version,
    /// Its id.
    Resource,
    /// The DID it hangs on.
    Did,
    /// The network of that DID.
    Network,
    /// Where its publication stands, by the name of its state.
    State,
}

macro_rules! orders {
    ($($(#[$doc:meta])* $name:ident: $field:ident => $column:ty;)+) => {
        $($(#[$doc])*
        #[derive(Debug, Clone, Copy, InputObject)]
        pub(crate) struct $name {
            /// By what.
            by: $field,
            /// From which end; `ASC` by default.
            #[graphql(default)]
            direction: OrDefault<OrderDirection>,
        }

        impl $name {
            /// The order in which this list is.
            pub(crate) fn of(self, list: &str) -> OrderBy<$column> {
                let name = match self.by.to_value() {
                    Value::Enum(name) => name.to_string(),
                    _ => String::new(),
                };
                OrderBy::new(list, &name, self.by.into(), self.direction.0 == OrderDirection::Desc)
            }
        })+
    };
}
orders! {
    /// In which order to list DIDs.
    DidOrder: DidOrderField => projections::DidColumn;
    /// In which order to list resource versions.
    ResourceOrder: ResourceOrderField => projections::ResourceColumn;
}
