"""What all estimators share: parameters declared once, state that carries its version."""
