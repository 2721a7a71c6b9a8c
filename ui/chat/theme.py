"""Paper and ink, as a gradio theme; fonts of the system alone, so that none is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr


def theme() -> gr.themes.Base:
    """The page's colours and fonts, for light and dark."""
    from gradio import themes

    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "DejaVu Sans", "sans-serif"]
    mono = ["ui-monospace", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"]
    return themes.Base(
        primary_hue=themes.colors.red,
        neutral_hue=themes.colors.stone,
        font=sans,
        font_mono=mono,
        radius_size=themes.sizes.radius_md,
    ).set(
        body_background_fill="#faf7f1",
        body_background_fill_dark="#171513",
        body_text_color="#23201c",
        body_text_color_dark="#e9e4db",
        body_text_color_subdued="#665e53",
        body_text_color_subdued_dark="#a89f92",
        background_fill_primary="#fffdf9",
        background_fill_primary_dark="#1f1c19",
        background_fill_secondary="#f4efe6",
        background_fill_secondary_dark="#262220",
        block_label_text_color="#665e53",
        block_label_text_color_dark="#a89f92",
        block_title_text_color="#665e53",
        block_title_text_color_dark="#a89f92",
        border_color_primary="#e2dacb",
        border_color_primary_dark="#3a342e",
        input_background_fill="#fffdf9",
        input_background_fill_dark="#1f1c19",
        input_placeholder_color="#716a5f",
        input_placeholder_color_dark="#a89f92",
        button_primary_background_fill="#7a1f2b",
        button_primary_background_fill_dark="#98394a",
        button_primary_text_color="#ffffff",
        color_accent="#7a1f2b",
    )
