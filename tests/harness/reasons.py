"""Messages of Python about arguments of the wrong type, for tests that pass many kinds of values."""

OUT_OF_RANGE = "can't convert negative int to unsigned|int too big to convert"
NOT_ITERABLE = "is not iterable"

NO_NUMBER = {TypeError: "cannot be interpreted as an integer", OverflowError: OUT_OF_RANGE}
"""For a number, by the exception."""
NO_NUMBERS = {TypeError: f"{NOT_ITERABLE}|{NO_NUMBER[TypeError]}", OverflowError: OUT_OF_RANGE}
"""For an iterable of numbers, by the exception."""
