/** Turns the records of the event ring into text for people: the command line and the debug adapter both show it. */
export {};
