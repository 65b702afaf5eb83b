// How the network is trained: loss, optimizer with its settings, schedule, regularisation, batches.

import type { ReactElement } from "react";
import {
  classLosses,
  type Description,
  limits,
  numberLosses,
  type OptimizerChoice,
  optimizers,
  schedules,
} from "./description.ts";
import { Choice, NumberChoice, Panel, Tick, Whole } from "./fields.tsx";
import { usePlaygroundWords } from "./words.ts";

interface TrainingFacts {
  readonly description: Description;
  /** Whether classes are predicted. */
  readonly classifies: boolean;
  readonly onChange: (description: Description) => void;
}

const rates = [0.0001, 0.0003, 0.001, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3, 1, 3];
const penalties = [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1];
const clips = [0, 0.1, 0.5, 1, 5, 10];
const sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

export function TrainingPanel({ description, classifies, onChange }: TrainingFacts): ReactElement {
  const words = usePlaygroundWords();
  const { loss, schedule, optimizer, l1, l2, clip, batchSize, epochs } = description;
  const set = (change: Partial<Description>): void => onChange({ ...description, ...change });
  const names = classifies ? classLosses : numberLosses;
  const known = (names as readonly string[]).includes(loss);
  return (
    <Panel title={words.training} className="settings">
      <div className="grid">
        <Choice
          label={words.lossName}
          value={known ? loss : names[0]}
          choices={names}
          names={words.losses}
          onChange={(one) => set({ loss: one })}
        />
        <OptimizerFields choice={optimizer} onChange={(one) => set({ optimizer: one })} />
        <Choice
          label={words.schedule}
          value={schedule}
          choices={schedules}
          names={words.schedules}
          onChange={(one) => set({ schedule: one })}
        />
        <NumberChoice
          label={words.batchSize}
          value={batchSize}
          choices={sizes}
          onChange={(one) => set({ batchSize: one })}
        />
        <Whole
          label={words.epochs}
          value={epochs}
          min={limits.epochs[0]}
          max={limits.epochs[1]}
          onChange={(one) => set({ epochs: one })}
        />
        <NumberChoice
          label={words.l1}
          value={l1}
          choices={penalties}
          zero={words.none}
          onChange={(one) => set({ l1: one })}
        />
        <NumberChoice
          label={words.l2}
          value={l2}
          choices={penalties}
          zero={words.none}
          onChange={(one) => set({ l2: one })}
        />
        <NumberChoice
          label={words.clip}
          value={clip}
          choices={clips}
          zero={words.none}
          onChange={(one) => set({ clip: one })}
        />
      </div>
    </Panel>
  );
}

interface OptimizerFieldsFacts {
  readonly choice: OptimizerChoice;
  readonly onChange: (choice: OptimizerChoice) => void;
}

function OptimizerFields({ choice, onChange }: OptimizerFieldsFacts): ReactElement {
  const words = usePlaygroundWords();
  const { name, learningRate, momentum, nesterov, beta1, beta2, weightDecay } = choice;
  const set = (change: Partial<OptimizerChoice>): void => onChange({ ...choice, ...change });
  const isAdam = name === "adam" || name === "adamW";
  return (
    <>
      <Choice
        label={words.optimizer}
        value={name}
        choices={optimizers}
        names={words.optimizers}
        onChange={(one) => set(beginning(one))}
      />
      <NumberChoice
        label={words.learningRate}
        value={learningRate}
        choices={rates}
        onChange={(one) => set({ learningRate: one })}
      />
      {(name === "sgd" || name === "rmsprop") && (
        <NumberChoice
          label={words.momentum}
          value={momentum}
          choices={[0, 0.5, 0.9, 0.95, 0.99]}
          zero={words.none}
          onChange={(one) => set({ momentum: one, nesterov: nesterov && one > 0 })}
        />
      )}
      {name === "sgd" && momentum > 0 && (
        <Tick label={words.nesterov} value={nesterov} onChange={(one) => set({ nesterov: one })} />
      )}
      {isAdam && (
        <NumberChoice
          label={words.beta1}
          value={beta1}
          choices={[0, 0.5, 0.9, 0.95]}
          onChange={(one) => set({ beta1: one })}
        />
      )}
      {isAdam && (
        <NumberChoice
          label={words.beta2}
          value={beta2}
          choices={[0.9, 0.95, 0.99, 0.999]}
          onChange={(one) => set({ beta2: one })}
        />
      )}
      {name === "adamW" && (
        <NumberChoice
          label={words.weightDecay}
          value={weightDecay}
          choices={[0, 0.001, 0.01, 0.1]}
          onChange={(one) => set({ weightDecay: one })}
        />
      )}
    </>
  );
}

/** A learning rate that suits an optimizer. */
function beginning(name: OptimizerChoice["name"]): Partial<OptimizerChoice> {
  const learningRate = { sgd: 0.1, adam: 0.01, adamW: 0.01, rmsprop: 0.003, adagrad: 0.1 }[name];
  return { name, learningRate, momentum: name === "sgd" ? 0.9 : 0 };
}
