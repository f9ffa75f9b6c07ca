//! Where metrics come from that nobody sends: this host, and targets that are scraped.

mod host;
mod scrape;

pub(crate) use host::watch_host;
pub use scrape::ScrapeTarget;
pub(crate) use scrape::scrape;
