package harness

// Dying is how long the harness waits for what must happen at once.
var Dying = &dying

// HoldEvents keeps the child's events in its pipe until they are let go.
func (c *Child) HoldEvents() (letGo func()) {
	c.pumping.Lock()
	return c.pumping.Unlock
}

// TakeStop is takeStop.
var TakeStop = takeStop

// CheckStash checks a file that was restored, from an edited and an original text.
func CheckStash(path string, edited, original []byte) error {
	return stash{path, edited, original}.check()
}
