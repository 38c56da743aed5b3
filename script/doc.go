// Package script runs OpenSIPS routing scripts.
//
// Compile turns a checked tree into a Program: per route a flat list of
// instructions. Function calls are instructions, in conditions too; expressions
// are closures. So a run, a Ctx, is its own continuation: its frames of
// {route, pc} say where it is, and a function that has to wait leaves them as they
// are. The caller parks the run and calls Resume when the operation has ended.
//
// Functions, variables and transformations are declared as data with typed Go
// functions (Func0 ... Func6, Var, TransformDef) and collected in a Registry,
// which the checker, the compiler and the documentation share.
//
// A run belongs to one loop and is not safe for anybody else; a Program and a
// Registry are read by all. Strings that a run makes live as long as the run.
//
// The package knows nothing of messages and transactions: what a run means is
// its Host's business. It refuses to wait, to start operations, and to run more
// than a bounded number of instructions.
package script
