// Package syntax reads an opensips.cfg into a tree.
//
// [Parse] follows include_file, reports every mistake of all files at once and
// always returns a tree of what it understood, in which each node knows its
// file, line and column. [Diags.Render] prints messages with the source line and
// a caret. The package knows the language's form only: which functions,
// variables and parameters exist is the business of its callers. It refuses the
// preprocessor directives of other SIP proxies; they are comments in this language.
package syntax
