import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { GapReason } from "../eeg/item.ts";

/** What `GET /metrics` tells. No names of streams, no addresses. */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  samples(n: number): void;
  gap(reason: GapReason, nSamples: number): void;
  decided(ageSeconds: number, abstained: boolean): void;
  message(bytes: number): void;
  /** A connection was refused or closed for a fault. */
  fault(code: string): void;
  dropped(what: string, messages: number): void;
}

/** What is looked at when somebody asks. */
export interface MetricsView {
  streams(): number;
  connections(): number;
  subscribers(): number;
  longestLag(): number;
}

export function createMetrics(view: MetricsView): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge("brainwire_streams", "Streams that are served", () => view.streams());
  gauge("brainwire_connections", "Open connections", () => view.connections());
  gauge("brainwire_subscribers", "Subscriptions to streams", () => view.subscribers());
  gauge("brainwire_queue_bytes", "What the slowest subscriber has yet to get", () => view.longestLag());
  gauge("brainwire_memory_bytes", "Resident memory of the server", () => process.memoryUsage.rss());
  const samples = new Counter({ name: "brainwire_samples_total", help: "Samples taken in", registers });
  const gaps = new Counter({ name: "brainwire_gaps_total", help: "Gaps", labelNames: ["reason"], registers });
  const missing = new Counter({
    name: "brainwire_gap_samples_total",
    help: "Samples that gaps hold",
    registers,
  });
  const decisions = new Counter({
    name: "brainwire_decisions_total",
    help: "Decisions",
    labelNames: ["abstained"],
    registers,
  });
  const messages = new Counter({ name: "brainwire_messages_total", help: "Messages received", registers });
  const bytes = new Counter({ name: "brainwire_received_bytes_total", help: "Bytes received", registers });
  const faults = new Counter({
    name: "brainwire_faults_total",
    help: "Connections refused or closed for a fault",
    labelNames: ["code"],
    registers,
  });
  const dropped = new Counter({
    name: "brainwire_dropped_total",
    help: "Messages that slow readers did not get",
    labelNames: ["what"],
    registers,
  });
  const age = new Histogram({
    name: "brainwire_decision_age_seconds",
    help: "From the arrival of the sample that completes a decision's window to the decision's leave",
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 1],
    registers,
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    samples: (n) => samples.inc(n),
    gap(reason, nSamples) {
      gaps.inc({ reason });
      missing.inc(nSamples);
    },
    decided(seconds, abstained) {
      age.observe(seconds);
      decisions.inc({ abstained: String(abstained) });
    },
    message(n) {
      messages.inc();
      bytes.inc(n);
    },
    fault: (code) => faults.inc({ code }),
    dropped: (what, n) => dropped.inc({ what }, n),
  };
}
