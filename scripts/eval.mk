# make eval: the accuracy of the detectors on public labelled data.
eval: all
	@scripts/eval build
