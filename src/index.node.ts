export * from "./index.ts";
export { fileSource } from "./formats/file-source.node.ts";
export { createEdfFile, writeEdfFile, type EdfFile } from "./formats/edf/write-file.node.ts";
export {
  cachedPath,
  fetchRecording,
  recordingsCache,
  type FetchOptions,
  type FetchProgress,
} from "./source/fetch.node.ts";
export { readRegistry } from "./source/registry.node.ts";
export { replay } from "./source/replay.node.ts";
export type { LslAddress } from "./lsl/address.ts";
export { openLslInlet, type LslInlet } from "./lsl/inlet.node.ts";
export { openLslOutlet, type LslOutlet } from "./lsl/outlet.node.ts";
export { loadEncoder, loadModel, shippedModels } from "./model/load.node.ts";
export { createNodeEngine, type NodeEngineOptions } from "./model/engines.node.ts";
export { parseTrainingConfig, type TrainingConfig } from "./train/config.ts";
export type { ActionMetrics } from "./train/action-metrics.ts";
export {
  evaluateFiles,
  type CalibratedEvaluation,
  type EvaluateOptions,
  type Evaluation,
} from "./train/evaluate.node.ts";
export { measure, type Judged, type Metrics, type SubjectMetrics } from "./train/metrics.ts";
export {
  figures,
  fileCheckpoint,
  trainModel,
  type TrainModelOptions,
  type TrainModelResult,
} from "./train/train-model.node.ts";
export { crossValidateBaseline, trainFold, type FoldOptions } from "./train/cross-validate.ts";
export { crossValidateCovariances } from "./train/covariance-baselines.ts";
export { trainEegnetFold, type EegnetFoldOptions } from "./train/eegnet-fold.ts";
export { withElectrodes } from "./train/aligned-recordings.ts";
export { readDataSet, type ReadDataSetOptions } from "./train/data-set.node.ts";
