// Package archtest holds the house rules that a test can check: what may import
// what, and that every package says what it is. It has no code of its own.
package archtest
