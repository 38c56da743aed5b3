package dbwork

// An Error is why a query was not even tried, or not to its end.
type Error struct{ State, Message string } // an SQLSTATE, and a text

func (e *Error) Error() string { return e.Message }

// The Errors of this package; ErrTooBig and ErrClosed are for drivers.
var (
	ErrText        = &Error{"54000", "query text is too long or contains a NUL byte"}
	ErrArgs        = &Error{"54000", "too much is bound to the query"}
	ErrUnavailable = &Error{"08001", "the database has failed too often"}
	ErrOverloaded  = &Error{"53400", "too many queries wait"}
	ErrDeadline    = &Error{"57014", "the deadline has passed"}
	ErrTooBig      = &Error{"54000", "the result is too big"}
	ErrClosed      = &Error{"08003", "the database is closed or its queue is full"}
)

// notSent wraps the error of a query of which nothing has reached the database.
type notSent struct{ error }

func (e notSent) Unwrap() error { return e.error }

// NotSent says of err that nothing of the query has reached the database: the query
// ends as Unavailable, and another database may be asked instead.
func NotSent(err error) error { return notSent{err} }

// WasNotSent reports whether err is one of NotSent.
func WasNotSent(err error) bool {
	_, is := err.(notSent)
	return is
}
