package sipparse

// An Error says why a message is refused. It is one byte, so returning it as an
// error does not allocate, even under a flood of garbage. OK is no error.
type Error uint8

// The refusals. The package comment says when each applies.
const (
	OK Error = iota
	ErrKeepAlive
	ErrTooLarge
	ErrTooManyHeaders
	ErrRequestLine
	ErrStatusLine
	ErrStatusCode
	ErrVersion
	ErrBareCR
	ErrBareLF
	ErrControl
	ErrHeaderName
	ErrNoHeaderEnd
	ErrNoVia
	ErrNoFrom
	ErrNoTo
	ErrNoCallID
	ErrNoCSeq
	ErrDuplicate
	ErrCallID
	ErrCSeq
	ErrCSeqRange
	ErrCSeqMethod
	ErrContentLength
	ErrBodyShort
	ErrMaxForwards
	ErrURI
	ErrURIHeaders
	ErrVia
	ErrFrom
	ErrTo
	ErrNameAddr
	ErrValue
	ErrContact
	ErrCredentials
	ErrChallenge
	ErrMultipart
	ErrLineTooLong
	ErrNoContentLength
	ErrSDP
)

var errorTable = [...]struct {
	status int
	text   string
}{
	OK:                 {0, "OK"},
	ErrKeepAlive:       {0, "Keep-Alive"},
	ErrTooLarge:        {513, "Message Too Large"},
	ErrTooManyHeaders:  {400, "Too Many Header Fields"},
	ErrRequestLine:     {400, "Bad Request Line"},
	ErrStatusLine:      {0, "Bad Status Line"},
	ErrStatusCode:      {0, "Bad Status Code"},
	ErrVersion:         {505, "Version Not Supported"},
	ErrBareCR:          {400, "CR Without LF"},
	ErrBareLF:          {400, "LF Without CR"},
	ErrControl:         {400, "Control Character in Header"},
	ErrHeaderName:      {400, "Bad Header Field Name"},
	ErrNoHeaderEnd:     {400, "Missing End of Headers"},
	ErrNoVia:           {400, "Missing Via Header Field"},
	ErrNoFrom:          {400, "Missing From Header Field"},
	ErrNoTo:            {400, "Missing To Header Field"},
	ErrNoCallID:        {400, "Missing Call-ID Header Field"},
	ErrNoCSeq:          {400, "Missing CSeq Header Field"},
	ErrDuplicate:       {400, "Duplicate Header Field"},
	ErrCallID:          {400, "Bad Call-ID"},
	ErrCSeq:            {400, "Bad CSeq"},
	ErrCSeqRange:       {400, "CSeq Out of Range"},
	ErrCSeqMethod:      {400, "CSeq Method Mismatch"},
	ErrContentLength:   {400, "Bad Content-Length"},
	ErrBodyShort:       {400, "Body Shorter Than Content-Length"},
	ErrMaxForwards:     {400, "Bad Max-Forwards"},
	ErrURI:             {400, "Bad Request-URI"},
	ErrURIHeaders:      {400, "Headers in Request-URI"},
	ErrVia:             {400, "Bad Via"},
	ErrFrom:            {400, "Bad From"},
	ErrTo:              {400, "Bad To"},
	ErrNameAddr:        {400, "Bad Address"},
	ErrValue:           {400, "Bad Header Field Value"},
	ErrContact:         {400, "Bad Contact"},
	ErrCredentials:     {400, "Bad Authorization"},
	ErrChallenge:       {400, "Bad Challenge"},
	ErrMultipart:       {400, "Bad Multipart Body"},
	ErrLineTooLong:     {400, "Header Line Too Long"},
	ErrNoContentLength: {400, "Missing Content-Length Header Field"},
	ErrSDP:             {400, "Bad Session Description"},
}

// Error returns the same text as Reason.
func (e Error) Error() string { return e.Reason() }

// Reason returns the reason phrase of the reply; RFC 3261 §21.4.1 asks that it
// name the problem.
func (e Error) Reason() string { return errorTable[e].text }

// Status returns the status of the reply that a request with this fault gets: a
// 400-class or 505, or 0 where nothing is to be sent. A response gets none
// whatever its fault: it is dropped.
func (e Error) Status() int { return errorTable[e].status }
