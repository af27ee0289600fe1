// SPDX-License-Identifier: GPL-2.0-or-later
int string_length(const char *text);

int string_length(const char *text)
{
	int length = 0;

	while (text[length])
		length++;
	return length;
}
