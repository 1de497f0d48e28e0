import { tokenDefinition } from "../../src/model/model.ts";
import { flatStage } from "../../src/tokens/flat-stage.ts";
import { tokensStage } from "../../src/tokens/tokens-stage.ts";
import { evokedSizes, oddSizes, randomModel } from "../model/random-model.ts";
import { stageContract } from "../signal/contract.ts";

stageContract("flat channels", flatStage({ seconds: 0.05 }));
stageContract("tokens", tokensStage(tokenDefinition(randomModel({ sizes: oddSizes }))), {
  mixes: true,
  period: 16,
});
stageContract(
  "tokens with evoked responses",
  tokensStage(tokenDefinition(randomModel({ sizes: evokedSizes }))),
  {
    mixes: true,
    period: 16,
  },
);
