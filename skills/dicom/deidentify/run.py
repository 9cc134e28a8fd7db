"""De-identification of DICOM files: a subset of the Basic Application Level Confidentiality Profile (PS3.15, table E.1-1).

What is kept is listed, the rest goes: of texts only those that describe the machine; no person's name; private elements
only of creators that were asked for; overlays, curves, and what a reader cannot know (VR UN) never. Numbers and
coded words stay, but those about the patient. UIDs and the pseudonym are keyed hashes (HMAC-SHA-256), so that the same key
keeps references between files and sessions, and without it nobody leads them back. Pixel data are copied as they are.
Before a file is written, its bytes are searched for every identifying value that the original held.
"""

import argparse
import datetime
import hashlib
import hmac
import io
import os
import re

import pydicom
from pydicom.datadict import keyword_for_tag
from skill_io import fail, versions, write_json

TEXT_KEPT = {
    "SpecificCharacterSet", "Manufacturer", "ManufacturerModelName", "SoftwareVersions", "SequenceName", "ImagedNucleus",
    "ReceiveCoilName", "TransmitCoilName", "Radiopharmaceutical", "CodeValue", "CodeMeaning", "CodingSchemeDesignator",
    "CodingSchemeVersion", "RescaleType", "PulseSequenceName", "EffectiveEchoTime", "MRAcquisitionType",
}  # fmt: skip
DESCRIPTIONS = {"ProtocolName", "SeriesDescription", "StudyDescription"}
TEXT_VRS = {"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", "UN"}
PATIENT_KEPT = {"PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientIdentityRemoved"}
EMPTIED = {"PatientBirthDate", "PatientSex", "AccessionNumber", "ReferringPhysicianName", "StudyID"}
IDENTIFYING = {
    "PatientName", "PatientID", "PatientBirthDate", "PatientAddress", "PatientMotherBirthName", "OtherPatientIDs",
    "OtherPatientNames", "PatientTelephoneNumbers", "AccessionNumber", "ReferringPhysicianName", "PerformingPhysicianName",
    "OperatorsName", "PhysiciansOfRecord", "InstitutionName", "InstitutionAddress", "StationName", "DeviceSerialNumber",
    "StudyID", "RequestingPhysician", "PatientComments", "IssuerOfPatientID",
}  # fmt: skip
STANDARD_UID = "1.2.840.10008."


class Hashes:
    def __init__(self, key):
        self.key = key

    def number(self, *words):
        return int.from_bytes(hmac.new(self.key, "\n".join(words).encode(), hashlib.sha256).digest()[:16], "big")

    def uid(self, uid):
        """PS3.5 B.2: 2.25 and a number of 128 bits. UIDs of the standard itself mean the same everywhere."""
        return uid if uid.startswith(STANDARD_UID) or uid == "" else f"2.25.{self.number('uid', uid)}"


def shifted(value, days):
    """A DA or the date of a DT moved by days; what is no date is emptied."""
    try:
        moved = datetime.datetime.strptime(value[:8], "%Y%m%d") + datetime.timedelta(days=days)
    except ValueError:
        return ""
    return moved.strftime("%Y%m%d") + value[8:]


def values_of(element):
    return [str(value) for value in element.value] if element.VM > 1 else [str(element.value)]


def store(element, values):
    element.value = values if len(values) > 1 else (values[0] if values else "")


class Cleaner:
    def __init__(self, hashes, days, dates, keep_private, keep_descriptions, counts):
        self.hashes, self.days, self.dates, self.counts = hashes, days, dates, counts
        self.keep_private = {creator.strip() for creator in keep_private}
        self.text_kept = TEXT_KEPT | (DESCRIPTIONS if keep_descriptions else set())

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def clean(self, dataset):
        for element in list(dataset):
            tag, keyword = element.tag, keyword_for_tag(element.tag)
            if tag.is_private:
                creator = element.value if tag.is_private_creator else element.private_creator
                if str(creator or "").strip() in self.keep_private:
                    self.count("private_kept")
                    continue
                del dataset[tag]
                self.count("private_removed")
            elif tag.group == 0x0010 and keyword not in PATIENT_KEPT:
                del dataset[tag]
                self.count("removed")
            elif tag.group & 0xFF00 in (0x5000, 0x6000) or keyword in ("IconImageSequence", "OriginalAttributesSequence"):
                del dataset[tag]
                self.count("removed")
            elif keyword in EMPTIED:
                element.value = ""
                self.count("emptied")
            elif element.VR == "SQ":
                for item in element.value:
                    self.clean(item)
            elif element.VR == "UI":
                store(element, [self.hashes.uid(value) for value in values_of(element)] if element.value else [])
                self.count("uids")
            elif element.VR in ("DA", "DT"):
                kept = self.dates == "shift" and element.value
                store(element, [shifted(value, self.days) for value in values_of(element)] if kept else [])
                self.count("dates")
            elif element.VR == "TM" and self.dates == "remove":
                element.value = ""
                self.count("dates")
            elif element.VR in TEXT_VRS and keyword not in self.text_kept and keyword not in ("PatientName", "PatientID"):
                del dataset[tag]
                self.count("removed")


def identifiers(dataset):
    """Identifying values of a file at any depth, UIDs and dates with them; names and addresses also word by word. Those
    of fewer than 4 characters are found in any file and are left out."""
    found = set()

    def look(level):
        for element in level:
            if element.VR == "SQ":
                for item in element.value:
                    look(item)
            elif element.VR in ("UI", "DA") and not element.tag.is_private:
                found.update(value for value in values_of(element) if len(value) >= 8 and not value.startswith(STANDARD_UID))
            elif keyword_for_tag(element.tag) in IDENTIFYING or element.VR == "PN":
                for value in values_of(element):
                    whole = value.strip()
                    words = whole.replace("^", " ").replace(",", " ").replace("=", " ").split() if element.VR in ("PN", "ST", "LO") else []
                    found.update(word for word in (whole, *words) if len(word) >= 4 and not set(word) <= set("0 ."))

    look(dataset)
    return found


def scrubbed(dataset, secret):
    """Blanks identifying values in private elements that were kept (CSA headers repeat serial numbers, UIDs and dates);
    lengths stay, so that a header inside an element can still be read. Returns how many elements were touched."""
    touched = 0
    for element in dataset.iterall():
        if not element.tag.is_private or element.tag.is_private_creator:
            continue
        raw = isinstance(element.value, bytes)
        if not raw and not isinstance(element.value, str):
            continue
        before = element.value if raw else element.value.encode()
        after = before
        for word in sorted(secret, key=len, reverse=True):
            after = re.sub(re.escape(word.encode()), b"X" * len(word.encode()), after, flags=re.IGNORECASE)
        if after != before:
            element.value = after if raw else after.decode()
            touched += 1
    return touched


def burned_in(dataset, path):
    said = str(dataset.get("BurnedInAnnotation", "")).upper()
    if said == "YES":
        fail(f"{path}: BurnedInAnnotation is YES: text in the picture itself is not removed here")
    if said != "NO" and (dataset.get("Modality") in ("US", "SC", "OT", "XC", "ES") or "SECONDARY" in dataset.get("ImageType", [])):
        fail(f"{path}: a {dataset.get('Modality')} picture that may show text (BurnedInAnnotation is not NO)")
    return said


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dicoms", required=True, nargs="+")
    for flag in ("--key", "--dates", "--out-deidentified", "--out-report"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--pseudonym")
    parser.add_argument("--keep-private", nargs="+", default=[])
    parser.add_argument("--keep-descriptions", action="store_true")
    args = parser.parse_args()
    try:
        with open(args.key, "rb") as file:
            key = file.read().strip()
    except OSError as error:
        fail(f"{args.key}: cannot be read: {error.strerror}")
    if len(key) < 16:
        fail(f"{args.key}: a key of {len(key)} bytes can be guessed: expected 16 or more, such as 32 random ones in hexadecimal")
    paths = sorted(
        os.path.join(folder, name)
        for root in args.dicoms
        for folder, _, names in (os.walk(root) if os.path.isdir(root) else [(os.path.dirname(root), [], [os.path.basename(root)])])
        for name in names
    )
    if not paths:
        fail("no file among the DICOMs")
    hashes, counts, seen, patients, unsaid = Hashes(key), {}, set(), {}, 0
    os.makedirs(args.out_deidentified, exist_ok=True)
    for number, path in enumerate(paths, start=1):
        # No path of a file is printed or kept: scanners and exports write names into them.
        label = f"file {number} of {len(paths)}"
        try:
            dataset = pydicom.dcmread(path)
        except Exception as error:
            fail(f"{label}: cannot be read as DICOM: {type(error).__name__}")
        unsaid += burned_in(dataset, label) == ""
        patient = str(dataset.get("PatientID", ""))
        if args.pseudonym is not None and patients and patient not in patients:
            fail("files of several patients and one pseudonym: expected one patient, or no pseudonym")
        pseudonym = args.pseudonym or f"P{hashes.number('patient', patient) % 10**10:010d}"
        days = -1 - hashes.number("days", patient) % 365
        patients[patient] = pseudonym
        secret = identifiers(dataset) - {pseudonym}
        pixels = bytes(dataset.PixelData) if "PixelData" in dataset else None
        cleaner = Cleaner(hashes, days, args.dates, args.keep_private, args.keep_descriptions, counts)
        cleaner.clean(dataset)
        if args.keep_private:
            counts["private_scrubbed"] = counts.get("private_scrubbed", 0) + scrubbed(dataset, secret)
        dataset.PatientName = dataset.PatientID = pseudonym
        dataset.PatientIdentityRemoved = "YES"
        dataset.DeidentificationMethod = "Subset of PS3.15 Basic Profile: listed text kept, UIDs hashed"
        dataset.LongitudinalTemporalInformationModified = "MODIFIED" if args.dates == "shift" else "REMOVED"
        for name in ("SourceApplicationEntityTitle", "SendingApplicationEntityTitle", "ReceivingApplicationEntityTitle",
                     "PrivateInformation", "PrivateInformationCreatorUID"):  # fmt: skip
            if name in dataset.file_meta:
                delattr(dataset.file_meta, name)
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        if dataset.SOPInstanceUID in seen:
            fail(f"{label}: the same SOPInstanceUID twice")
        seen.add(dataset.SOPInstanceUID)
        dataset.preamble = b"\0" * 128
        buffer = io.BytesIO()
        dataset.save_as(buffer, enforce_file_format=True)
        written = buffer.getvalue()
        header = written.replace(pixels, b"") if pixels else written
        new_dates = {value for element in dataset.iterall() if element.VR in ("DA", "DT") for value in values_of(element)}
        for word in secret - {value[:8] for value in new_dates}:
            if word.encode("utf-8", "ignore").lower() in header.lower():
                fail(f"{label}: an identifying value of the original is still in the result; is it in a private element that was kept?")
        again = pydicom.dcmread(io.BytesIO(written))
        if pixels is not None and bytes(again.PixelData) != pixels:
            fail(f"{label}: the pixel data changed on the way")
        with open(os.path.join(args.out_deidentified, f"{number:05d}.dcm"), "wb") as file:
            file.write(written)
    write_json(
        args.out_report,
        {
            "files": len(paths),
            "patients": len(patients),
            "dates": args.dates,
            "elements": counts,
            "private_kept_of": sorted(args.keep_private),
            "descriptions_kept": args.keep_descriptions,
            "files_without_word_on_burned_in_text": unsaid,
            "identifying_values_left": 0,
            "versions": versions("pydicom"),
        },
    )


main()
