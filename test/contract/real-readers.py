"""Reads files with the parsers of oslo.config and of Python's configparser, and says what they found.

Standard input: a JSON list of [grammar, text]. Standard output: a JSON list, per file null if it was refused, else
{section: {name: [values]}}.
"""
import configparser
import json
import sys
import tempfile

from oslo_config import cfg, iniparser


def oslo(path):
    sections = {}
    try:
        cfg.ConfigParser(path, sections).parse()
    except iniparser.ParseError:
        return None
    return sections


def paste(path):
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    try:
        with open(path) as file:
            parser.read_file(file)
    except configparser.Error:
        return None
    sections = {**parser._sections, 'DEFAULT': parser._defaults}
    return {name: {key: [value] for key, value in section.items()} for name, section in sections.items()}


def read(grammar, text):
    with tempfile.NamedTemporaryFile() as file:
        file.write(text.encode())
        file.flush()
        return {'oslo': oslo, 'paste': paste}[grammar](file.name)


json.dump([read(*each) for each in json.load(sys.stdin)], sys.stdout)
