//! The one place where a `domain` aggregate becomes a cqrs-es one, so that `domain` needs neither cqrs-es nor async.

use cqrs_es::event_sink::EventSink;
use domain::{Aggregate, Event};
use serde::{Deserialize, Serialize};

/// A domain aggregate for cqrs-es. Serialises as the aggregate itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Root<A: Aggregate>(pub A);

/// A domain event for cqrs-es. Serialises as the event itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Fact<E: Event>(pub E);

impl<E: Event> cqrs_es::DomainEvent for Fact<E> {
    fn event_type(&self) -> String {
        self.0.kind().to_owned()
    }

    fn event_version(&self) -> String {
        self.0.version().to_owned()
    }
}

impl<A: Aggregate> cqrs_es::Aggregate for Root<A> {
    const TYPE: &'static str = A::TYPE;
    type Command = A::Command;
    type Event = Fact<A::Event>;
    type Error = A::Refusal;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.0.decide(command)? {
            // Applies it too; nobody may apply it a second time (cqrs-es 0.5's own snapshot store does).
            sink.write(Fact(event), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        self.0.evolve(&event.0);
    }
}
