package reference

// statements are what the grammar itself knows.
var statements = []Entry{
	statement("if", "if (CONDITION) STATEMENT [else STATEMENT]", "Run a statement or a { block } if the condition is true. Conditions join comparisons and calls by && || ! and parentheses."),
	statement("while", "while (CONDITION) STATEMENT", "Repeat while the condition is true, at most max_while_loops times."),
	statement("for", "for ($VAR in $(LIST[*])) STATEMENT", "Run the statement for each value of a list such as $(avp(x)[*])."),
	statement("switch", "switch ($VAR) { case LABEL: ... default: ... }", "Go on at the label that the variable has. Labels are numbers or strings; without break the next case is entered."),
	statement("case", "case LABEL:", "A label of a switch."),
	statement("default", "default:", "The label of a switch that is taken if no other is."),
	statement("break", "break;", "Leave the innermost switch, while or for."),
	statement("return", "return [N]; return(N, VALUE, ...);", "Leave the route. The caller finds N in $rc and the further values in $return(1) and so on; 0 ends the script."),
	statement("exit", "exit;", "End the script run."),
	statement("drop", "drop;", "End the run; a branch route drops its branch, an onreply route a provisional reply."),
	statement("assert", "assert(CONDITION, \"TEXT\");", "With enable_asserts, log the text and run error_route if the condition is false."),
	statement("route", "route(NAME[, ARGUMENT, ...])", "Call route[NAME]; it reads its arguments as $param(1) and so on. As a condition it has the route's value."),
	statement("async", "async(FUNCTION(...), RESUME[, TIMEOUT]); async(RESUME) { FUNCTION(...); ... }", "Start a function that waits, and go on in route[RESUME] with its value in $rc. What stands behind is not executed."),
	statement("async_all", "async_all { FUNCTION(...); ... } (RESUME[, TIMEOUT]);", "Start functions side by side, and go on in route[RESUME] when all have ended or the time is over. $rc is 1 if all values are positive, else the first that is not; $(async.rc[0]) is that of the first function."),
	statement("launch", "launch(FUNCTION(...)[, REPORT[, \"PARAM\"[, TIMEOUT]]]);", "Start a function and go on at once; route[REPORT] runs later, with its value in $rc and PARAM in $param(1)."),
	statement("=", "$VAR = VALUE;", "Assign. $avp gets one value more; NULL clears."),
	statement(":=", "$VAR := VALUE;", "Assign in place of all values that an $avp has."),
	statement("loadmodule", "loadmodule \"NAME.so\"", "Load a module. All are built in; the path does not matter."),
	statement("modparam", "modparam(\"MODULES\", \"PARAMETER\", VALUE)", "Set a parameter of one module, or of those that a regular expression matches."),
	statement("include_file", "include_file \"FILE\"", "Read another file in this place; import_file is the same."),
	statement("import_file", "import_file \"FILE\"", "Read another file in this place; include_file is the same."),
	routeStatement("route", "route { ... } route[NAME] { ... }", "The main route runs for each request; the named ones where they are called."),
	routeStatement("failure_route", "failure_route[NAME] { ... }", "Runs when all branches of a transaction have failed, if t_on_failure(\"NAME\") was called."),
	routeStatement("onreply_route", "onreply_route { ... } onreply_route[NAME] { ... }", "Runs for replies: for all, or for those of transactions that called t_on_reply(\"NAME\")."),
	routeStatement("branch_route", "branch_route[NAME] { ... }", "Runs for each branch before it leaves, if t_on_branch(\"NAME\") was called."),
	routeStatement("error_route", "error_route { ... }", "Runs when an assert fails, and for messages that cannot be parsed."),
	routeStatement("local_route", "local_route { ... }", "Runs for requests that the proxy itself makes."),
	routeStatement("startup_route", "startup_route { ... }", "Runs once, before the first message is taken."),
	routeStatement("timer_route", "timer_route[NAME, SECONDS] { ... }", "Runs every so many seconds."),
	routeStatement("event_route", "event_route[E_EVENT] { ... }", "Runs for each event of that name."),
}

func statement(name, form, doc string) Entry {
	return Entry{Kind: "statement", Module: Language, Name: name, Names: []string{name}, Form: form, Doc: doc}
}

func routeStatement(name, form, doc string) Entry {
	e := statement(name, form, doc)
	e.Kind = "route block"
	return e
}
