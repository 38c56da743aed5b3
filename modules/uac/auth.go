package uac

// credentials is what module uac_auth offers.
type credentials interface{ Any() bool }
