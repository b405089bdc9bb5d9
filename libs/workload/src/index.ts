export { createClient, createClients, createFailoverClients, type ClientOptions, type ClientTarget } from './client.ts';
export { interruptionOf, type Interruption, type Served } from './interruption.ts';
export { judgeHistories, type Verdict } from './judge-histories.ts';
export { digestOf, Ledger } from './ledger.ts';
export { startLoad, type Load, type LoadOptions, type LoadReport } from './load.ts';
export { patiently } from './patiently.ts';
export { readBack, type ReadBack } from './read-back.ts';
export { runOperations } from './register-operations.ts';
export { emptyResult, raceOnce, readDigest, runClient, type Timing, type WorkloadOptions, type WorkloadResult } from './run-client.ts';
