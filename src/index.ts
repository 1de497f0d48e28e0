/**
 * brainwire: EEG in from a file or a socket, decoded labels out. This entry runs everywhere; Node's adds what
 * needs files (`index.node.ts`).
 * @example
 * for await (const d of decode(replay(blob), model)) console.log(d.time, d.label);
 * @module
 */
export { EegError, errorCodes, type Diagnostic, type EegErrorCode } from "./eeg/errors.ts";
export type { Gap, Info, Item, Marker, Samples } from "./eeg/item.ts";
export type { AbstainReason, Decision, DecisionTiming } from "./eeg/decision.ts";
export type { AppliedFilter, Channel, ChannelType, Position, StreamInfo } from "./eeg/stream-info.ts";
export { hertz, sfreq, type Sfreq } from "./eeg/sfreq.ts";
export { chain, through, type Stage, type StageFactory } from "./eeg/stage.ts";
export { operator } from "./eeg/operator.ts";
export {
  channelType,
  derivation,
  electrode,
  electrodesOf,
  normaliseLabel,
  referenceOf,
  type Derivation,
  type Electrode,
} from "./eeg/electrodes.ts";
export { voltageScale } from "./eeg/units.ts";
export { blobSource, type ByteSource, type Sibling } from "./formats/byte-source.ts";
export type { EdfWriterOptions, StoredRange } from "./formats/edf/file-layout.ts";
export { createEdfWriter, formatEdf, type EdfWriter } from "./formats/edf/writer.ts";
export { openRecording } from "./formats/open.ts";
export { chooseStream, focusStream } from "./formats/stream-choice.ts";
export { fileAmong } from "./formats/siblings.ts";
export type {
  AnnotationSummary,
  ChannelSummary,
  ItemsOptions,
  Recording,
  RecordingFile,
  RecordingSummary,
  StretchOptions,
} from "./formats/recording.ts";
export type { Clock } from "./source/clock.ts";
export {
  findRecording,
  parseRegistry,
  type PublicDataset,
  type PublicRecording,
  type Registry,
} from "./source/registry.ts";
export type { EyesState } from "./source/resting-eeg.ts";
export {
  synthetic,
  type SyntheticGap,
  type SyntheticOptions,
  type SyntheticState,
} from "./source/synthetic.ts";
export { replay, type ReplayOptions, type ReplaySource } from "./source/replay.ts";
export { butterworth, type Passband } from "./signal/butterworth.ts";
export {
  bandpassStage,
  highpassStage,
  lowpassStage,
  notchStage,
  type BandpassOptions,
  type HighpassOptions,
  type LowpassOptions,
} from "./signal/filters.ts";
export { notchSection, type NotchOptions } from "./signal/notch.ts";
export {
  averageReference,
  bandpass,
  highpass,
  lowpass,
  notch,
  pick,
  pickElectrodes,
  quality,
  rechunk,
  reference,
  resample,
  windows,
} from "./signal/operators.ts";
export { pickElectrodesStage, pickStage } from "./signal/pick.ts";
export {
  createQualityJudge,
  type ChannelFault,
  type ChannelVerdict,
  type QualityJudge,
  type QualityJudgeOptions,
} from "./signal/quality-judge.ts";
export type { ChannelQuality } from "./signal/quality-measures.ts";
export { qualityStage, type QualityOptions, type QualityWindow } from "./signal/quality-stage.ts";
export { resampleRatio, sourcePrefix, type Ratio } from "./signal/polyphase.ts";
export { rechunkStage } from "./signal/rechunk.ts";
export { averageReferenceStage, referenceStage } from "./signal/reference.ts";
export { resampleStage, type ResampleOptions } from "./signal/resample.ts";
export type { Sections } from "./signal/sections.ts";
export { welch, type Spectrum, type WelchOptions } from "./signal/spectrum.ts";
export { windowsStage, type Window, type WindowOptions } from "./signal/windows.ts";
export { tokensStage } from "./tokens/tokens-stage.ts";
export type { Token, TokenDefinition } from "./tokens/token.ts";
export { createEngine, type BuiltInEngine } from "./model/engines.ts";
export type { CreateEngine, Engine, Hop } from "./model/engine.ts";
export { contextSeconds, type EncoderSizes } from "./model/encoder.ts";
export type { Manifest } from "./model/manifest.ts";
export { tokenDefinition, type Model } from "./model/model.ts";
export { parseModel, type ModelFiles } from "./model/load.ts";
export {
  isWindowModel,
  parseWindowModel,
  type AnyModel,
  type CreateWindowEngine,
  type WindowEngine,
  type WindowEngineOptions,
  type WindowModel,
} from "./model/window-model.ts";
export type { Normalisation, WindowManifest } from "./model/window-manifest.ts";
export { decode, decodeItems } from "./decode/decode.ts";
export { createActing, type Acting, type ActingOptions } from "./decode/acting.ts";
export { calibrate, type CalibrateOptions, type TimeSpan } from "./decode/calibrate.ts";
export { calibrateChannels } from "./decode/calibrate-channels.ts";
export { calibrateHead, type CalibrateHeadOptions, type LabelledRecording } from "./decode/calibrate-head.ts";
export { calibrateWindows } from "./decode/calibrate-windows.ts";
export {
  calibrated,
  formatCalibration,
  parseCalibration,
  type Calibration,
  type ChannelCalibration,
  type HeadCalibration,
  type TokenCalibration,
  type WindowCalibration,
} from "./decode/calibration.ts";
export { dwell, refractory, smooth } from "./decode/decision-operators.ts";
export { type DecisionStage, type DecisionStageFactory } from "./decode/decision-stage.ts";
export { dwellStage } from "./decode/dwell.ts";
export { createGate, type Gate, type GateOptions } from "./decode/gate.ts";
export { prove, type Proof, type ProveOptions } from "./decode/prove.ts";
export { refractoryStage } from "./decode/refractory.ts";
export { smoothStage, type SmoothOptions } from "./decode/smooth.ts";
export { decodeAt, type DecisionAt, type DecodeAtOptions } from "./decode/decode-at.ts";
export type { DecodeOptions } from "./decode/stream-decoder.ts";
export { decoder, type DecoderOptions } from "./decode/decoder-operator.ts";
export type { Dropped } from "./decode/hop-queue.ts";
export { inputStage, type InputOptions } from "./decode/input.ts";
export { onnxBytes } from "./model/graph/onnx.ts";
export { hopGraph, type HopGraphOptions } from "./model/graph/hop-graph.ts";
export {
  samplesGraph,
  sequenceGraph,
  type SamplesGraphOptions,
  type SequenceGraphOptions,
} from "./model/graph/sequence-graph.ts";
export { unseen } from "./model/graph/layer-graph.ts";
