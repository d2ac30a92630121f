"""Names of the folders of studies."""

import re


def folder_name(study: str) -> str:
    """Return a study's name as one of a folder, which leads nowhere else; another name has another folder."""
    return re.sub(
        r"[^\w.-]|^\.", lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode(errors="surrogatepass")), study
    )


def earlier_folder_name(study: str) -> str:
    """Return the folder of a study that began before no two could share one."""
    return re.sub(r"[^\w.-]+|^\.+", "-", study)
