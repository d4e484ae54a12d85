export { type CheckpointDirectory, checkpointDirectory } from './checkpoint-directory';
