/**
 * The baseline that a model must beat: the logarithms of band powers at each electrode, and linear discriminant
 * analysis with shrinkage (Friedman 1989; Ledoit & Wolf 2004). No tuning, a second to fit.
 */
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { log } from "../eeg/math.ts";
import { modelHz, patchSamples, strideSamples } from "../model/encoder.ts";
import { welch } from "../signal/welch.ts";
import { mean, softmax, type Judged } from "./metrics.ts";
import type { DataSet, TrainingRecording } from "./recording-data.ts";
