//! (scraping)
