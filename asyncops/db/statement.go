package db

// A Statement is a statement on one table without its values, which are bound to
// the Query in the order Set, Where. Names come from configurations; Compile
// quotes them, and refuses what is no name. It is not changed once it is in use.
type Statement struct {
	Verb    Verb
	Table   string
	Columns []string    // of a Select: "name", "*", or "count(name)"; none: all
	Set     []string    // of Insert, Update and Replace: a value each
	Rows    int         // of an Insert: how many times the values of Set follow; 0: once
	Where   []Condition // all must hold; a value each, but for IsNull and NotNull
	Any     bool        // of Where one is enough
	Order   string      // of a Select: "name", "name DESC", several with commas; "": none
	Limit   int         // of a Select: rows; 0: none
	Key     []string    // of a Replace: the columns that identify a row, for databases that cannot tell
}

// A Verb is what a Statement does.
type Verb uint8

// The verbs.
const (
	Select Verb = iota
	Insert
	Update
	Delete
	Replace // Insert, or Update of the row that is there
)

// A Condition compares a column with a value.
type Condition struct {
	Column string
	Op     Op
}

// An Op is a comparison.
type Op uint8

// The comparisons; IsNull and NotNull take no value.
const (
	Equal Op = iota
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
	Like
	NotLike
	IsNull
	NotNull
)
