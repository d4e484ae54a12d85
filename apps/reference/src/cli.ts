#!/usr/bin/env node
/** The program `groundstate`: `main`, and its answer as the exit code. */
import { guardStreams, leaveLostTerminal } from './console/streams';
import { main } from './main';

// Help is written before any command begins.
guardStreams();
const code = await main(process.argv.slice(2));
// What was noted on the way, such as an answer that could not be written, stands.
if (code !== 0) process.exitCode = code;
leaveLostTerminal();
