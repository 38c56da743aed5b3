package registrar

// A failure is why a REGISTER was refused, in OpenSIPS's terms: what P-Registrar-Error
// says, and the status.
type failure uint8

const (
	fine failure = iota
	internalError
	backendFailed
	badCSeq
	aorTooLong
	badAoR
	badQ
	badMessage
	badExpires
	badContact
	starExpires
	starNotAlone
	tooMany
	contactTooLong
	callIDTooLong
	badPath
	pathUnsupported
	pushUnsupported
	optionUnsupported
	tooBrief
)

var failures = [...]struct {
	status int
	text   string
}{
	fine:              {200, "No problem"},
	internalError:     {500, "Server Internal Error"},
	backendFailed:     {500, "usrloc_contact_insert failed"},
	badCSeq:           {400, "Invalid CSeq number"},
	aorTooLong:        {500, "Address Of Record too long"},
	badAoR:            {400, "Error while parsing AOR"},
	badQ:              {400, "Invalid q param in contact"},
	badMessage:        {400, "Message parse error"},
	badExpires:        {400, "Expires parse error"},
	badContact:        {400, "Contact parse error"},
	starExpires:       {400, "* used in contact and expires is not zero"},
	starNotAlone:      {400, "* used in contact and more than 1 contact"},
	tooMany:           {503, "Too many registered contacts"},
	contactTooLong:    {400, "Contact/received too long"},
	callIDTooLong:     {400, "Callid too long"},
	badPath:           {400, "Path parse error"},
	pathUnsupported:   {420, "No support for found Path indicated"},
	pushUnsupported:   {555, "Push notification service not supported"},
	optionUnsupported: {420, "Required option not supported"},
	tooBrief:          {423, "Interval too brief"},
}

func (f failure) status() int { return failures[f].status }
