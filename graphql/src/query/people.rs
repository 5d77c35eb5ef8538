//! Who belongs to the account, and what it is.
#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait or not")]

use crate::{
    asking::asking,
    fault::Result,
    limits::page_cost,
    page::{Listed, Window},
    view::{
        Account,
        kind::{InvitationState, Network},
        people::{Analytics, Invitation, Invitations, Member, Members, Role},
    },
};
use app::{
    Fault,
    act::{self, role::everybodys},
};
use async_graphql::{Context, Object};

#[derive(Default)]
pub(super) struct PeopleQuery;

#[Object]
impl PeopleQuery {
    /// What the account is called, and how it is reached.
    async fn organisation(&self, ctx: &Context<'_>) -> Result<Account> {
        let asking = asking(ctx)?;
        let row = asking.views().accounts().customer(asking.customer()).await?;
        Ok(Account(row.ok_or_else(|| Fault::bug("an API key of no customer"))?))
    }

    /// The members of the account, newest first, suspended ones too.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Member>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        Listed::root(asking(ctx)?, "Query.members", Members, window)
    }

    /// Invitations, newest first, ended ones too. No token is shown.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those in this state.")] state: Option<InvitationState>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Invitation>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let asking = asking(ctx)?;
        let standing = state.map(|state| (state.into(), asking.studio().clock.now()));
        Listed::root(asking, "Query.invitations", Invitations(standing), window)
    }

    /// The roles there are: those of every account first, then the account's own by name.
    async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<Role>> {
        let asking = asking(ctx)?;
        let own = asking.views().people().roles(asking.customer()).await?;
        let everybodys = everybodys().into_iter().map(Role::of_everybody);
        Ok(everybodys.chain(own.into_iter().map(Into::into)).collect())
    }

    /// How many things the account has.
    async fn analytics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only on this network.")] network: Option<Network>,
    ) -> Result<Analytics> {
        let asking = asking(ctx)?;
        let network = asking.network(&act::ACCOUNT_READ, network.map(Into::into))?;
        Ok(asking.views().analytics(asking.customer(), network).await?.into())
    }
}
