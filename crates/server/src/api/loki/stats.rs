//! The object `stats` of an answer: every key that clients read, zero where Oriel has no such thing.

use crate::json::push;
use contract::Stats;
use std::sync::atomic::Ordering;

const CHUNK: &str = r#"{"headChunkBytes":0,"headChunkLines":0,"decompressedBytes":0,"decompressedLines":0,"compressedBytes":0,"totalDuplicates":0,"postFilterLines":0,"headChunkStructuredMetadataBytes":0,"decompressedStructuredMetadataBytes":0}"#;
const DATA_OBJECT: &str = r#"{"prePredicateDecompressedRows":0,"prePredicateDecompressedBytes":0,"prePredicateDecompressedStructuredMetadataBytes":0,"postPredicateRows":0,"postPredicateDecompressedBytes":0,"postPredicateStructuredMetadataBytes":0,"postFilterRows":0,"pagesScanned":0,"pagesDownloaded":0,"pagesDownloadedBytes":0,"pageBatches":0,"totalRowsAvailable":0,"totalPageDownloadTime":0,"wireBytesTransferred":0}"#;
const CACHE: &str = r#"{"entriesFound":0,"entriesRequested":0,"entriesStored":0,"bytesReceived":0,"bytesSent":0,"requests":0,"downloadTime":0,"queryLengthServed":0}"#;
const CACHES: [&str; 10] = [
    "chunk",
    "index",
    "result",
    "statsResult",
    "volumeResult",
    "seriesResult",
    "labelResult",
    "instantMetricResult",
    "logResult",
    "taskResult",
];

/// Writes what a query cost: `entries` returned in `seconds`.
pub(super) fn write(out: &mut String, cost: &Stats, entries: usize, seconds: f64) {
    let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let (bytes, lines) = (read(&cost.bytes_read), read(&cost.rows_read));
    let (matched, blocks) = (read(&cost.rows_matched), read(&cost.blocks_read));
    let a_second = |n: u64| if seconds > 0.0 { (n as f64 / seconds) as u64 } else { 0 };
    push(
        out,
        format_args!(
            r#"{{"summary":{{"bytesProcessedPerSecond":{},"linesProcessedPerSecond":{},"totalBytesProcessed":{bytes},"totalLinesProcessed":{lines},"execTime":{seconds},"queueTime":0,"subqueries":0,"totalEntriesReturned":{entries},"splits":1,"shards":1,"totalPostFilterLines":{matched},"totalStructuredMetadataBytesProcessed":0}}"#,
            a_second(bytes),
            a_second(lines)
        ),
    );
    let store = |out: &mut String| {
        push(
            out,
            format_args!(
                r#""store":{{"totalChunksRef":{blocks},"totalChunksDownloaded":0,"chunksDownloadTime":0,"queryReferencedStructuredMetadata":false,"queryUsedV2Engine":false,"chunk":{CHUNK},"chunkRefsFetchTime":0,"congestionControlLatency":0,"pipelineWrapperFilteredLines":0,"dataobj":{DATA_OBJECT}}}"#
            ),
        );
    };
    out.push_str(r#","querier":{"#);
    store(out);
    push(out, format_args!(r#","querierExecTime":{seconds}}}"#));
    out.push_str(
        r#","ingester":{"totalReached":1,"totalChunksMatched":0,"totalBatches":0,"totalLinesSent":0,"#,
    );
    store(out);
    out.push_str(r#","recvWaitTime":0},"cache":{"#);
    for (i, name) in CACHES.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        push(out, format_args!(r#"{comma}"{name}":{CACHE}"#));
    }
    out.push_str(r#"},"index":{"totalChunks":0,"postFilterChunks":0,"shardsDuration":0,"usedBloomFilters":false,"totalStreams":0,"chunkRefsLookupTime":0,"bloomFilterTime":0}}"#);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_there_and_counts_are_told() {
        let cost = Stats::default();
        cost.add_read(10, 1000);
        let mut out = String::new();
        write(&mut out, &cost, 3, 0.5);
        let read: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(read["summary"]["bytesProcessedPerSecond"], 2000);
        assert_eq!(
            (&read["summary"]["totalEntriesReturned"], read["cache"].as_object().unwrap().len()),
            (&3.into(), 10)
        );
    }
}
