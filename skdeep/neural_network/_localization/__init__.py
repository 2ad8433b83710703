"""ImageSegmenter, ObjectDetector: answers that have a place in the image."""
