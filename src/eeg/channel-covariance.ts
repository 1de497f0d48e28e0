/** How a person's channels vary together. */
export interface ChannelCovariance {
  /** Labels of the channels. */
  readonly channels: readonly string[];
  /** µV²; row-major [channels, channels], symmetric. */
  readonly covariance: ArrayLike<number>;
}
