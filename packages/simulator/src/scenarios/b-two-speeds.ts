import { unweightedSpreaders, weightedSpreaders } from "../contenders/registered.ts";
import { steadyLoad } from "../engine/arrivals.ts";
import { type SimulatedBackend, simulatedBackends } from "../engine/simulated-backend.ts";
import {
  type Cell,
  networkDelayMs,
  type Scenario,
  usualCapacityPerSecond,
  usualRequests,
  usualService,
  usualSlots,
} from "./scenario.ts";

const half = 10;
const capacityPerSecond = usualCapacityPerSecond * 0.75;

function pool(fastWeight: number): readonly SimulatedBackend[] {
  return [
    ...simulatedBackends(half, { slots: usualSlots, weight: fastWeight }),
    ...simulatedBackends(half, { slots: usualSlots, speed: 0.5 }, half),
  ];
}

function cell(utilisation: number, fastWeight: 1 | 2): Cell {
  return {
    name: `load ${utilisation}, weights ${fastWeight}:1`,
    setup: {
      backends: pool(fastWeight),
      load: steadyLoad(utilisation * capacityPerSecond),
      requests: usualRequests,
      service: usualService,
      delayMs: networkDelayMs,
    },
    contenders: fastWeight === 1 ? unweightedSpreaders : weightedSpreaders,
  };
}

export const twoSpeeds: Scenario = {
  name: "b-two-speeds",
  title: "Ten fast backends and ten of half the speed",
  shows:
    "round robin without weights breaks down above two thirds of the capacity, where the slow half " +
    "is full; strategies that count or measure find the capacities by themselves",
  isTimed: false,
  cells: [0.5, 0.6, 0.7, 0.85].flatMap((load) => [cell(load, 1), cell(load, 2)]),
};
