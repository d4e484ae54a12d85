/** `groundstate doctor`: what this machine can do, and what would help. */
import { diagnosisText } from '../console/diagnosis-table';
import type { Output } from '../console/output';
import { type DiagnoseOptions, diagnose } from '../doctor/diagnose';

export interface DoctorFlags {
  /** @default GROUNDSTATE_DATA, then the cache */
  readonly data?: string | undefined;
}

/** The exit code: 0 where some backend works, which is all that the other commands need, and 1 otherwise. */
export async function doctor(flags: DoctorFlags, output: Output, attempt?: DiagnoseOptions['attempt']): Promise<number> {
  const task = output.console.task('doctor: trying the backends');
  try {
    const diagnosis = await diagnose({ data: flags.data, task, ...(attempt ? { attempt } : {}) });
    task.finish('doctor: done');
    output.answer(diagnosisText(diagnosis), diagnosis);
    return diagnosis.usable ? 0 : 1;
  } catch (cause) {
    task.fail('doctor: stopped');
    throw cause;
  }
}
