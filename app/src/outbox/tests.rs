mod exhaustive;
mod ledger;
mod memory;
mod model;
mod rules;
mod scenarios;
