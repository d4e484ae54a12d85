/** A dependency of one of our tools, found where that tool finds it. `Module` is what the caller knows of it. */
export function importBeside<Module>(tool: string, name: string): Promise<Module>;
