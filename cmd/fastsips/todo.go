package main

const testUsage, traceUsage = "", ""

func runTest(args []string, t terminal) int  { return 0 }
func runTrace(args []string, t terminal) int { return 0 }
