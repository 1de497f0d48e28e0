import type { ChannelCovariance } from "../eeg/channel-covariance.ts";
import type { TokenDefinition } from "../tokens/token.ts";
import type { Manifest } from "./manifest.ts";

/** A decoder, ready to be run: what `model.json` says, and its tensors by name. */
export interface Model {
  readonly manifest: Manifest;
  /** Row-major float32, with the names and shapes of `parameterShapes`. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** SHA-256 of the weights' file, in hex. */
  readonly weightsHash: string;
  /** The covariance of the person whom a model that aligns channels is fitted to. @default nobody's: as they are */
  readonly alignment?: ChannelCovariance | "running";
}

/** A tensor by name. @throws RangeError if the model has none of this name: `parseModel` lets no such model in */
export function tensor(
  { manifest, weights }: Pick<Model, "manifest" | "weights">,
  name: string,
): Float32Array {
  const found = weights.get(name);
  if (!found) throw new RangeError(`model ${manifest.name} has no tensor '${name}'`);
  return found;
}

/** How the model makes tokens of samples. */
export function tokenDefinition(model: Model): TokenDefinition {
  const { sizes, epsilon } = model.manifest.architecture;
  const { evoked } = sizes;
  return {
    components: sizes.components,
    bands: sizes.bands,
    average: sizes.average,
    epsilon,
    mix: tensor(model, "mix.weight"),
    centre: tensor(model, "bands.centre"),
    width: tensor(model, "bands.width"),
    mean: tensor(model, "token.mean"),
    deviation: tensor(model, "token.deviation"),
    ...(evoked && {
      evoked: {
        ...evoked,
        components: sizes.components,
        deviation: tensor(model, "evoked.deviation"),
        response: tensor(model, "evoked.response"),
        feature: tensor(model, "evoked.feature.weight"),
        featureBias: tensor(model, "evoked.feature.bias"),
        onset: tensor(model, "evoked.onset"),
        strength: tensor(model, "evoked.strength"),
        slope: tensor(model, "evoked.slope"),
      },
    }),
    needs: model.manifest.input.channels,
  };
}
