package main

const fmtUsage, testUsage, traceUsage = "", "", ""

func runFmt(args []string, t terminal) int   { return 0 }
func runTest(args []string, t terminal) int  { return 0 }
func runTrace(args []string, t terminal) int { return 0 }
