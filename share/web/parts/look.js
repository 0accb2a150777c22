// Light, dark, or as the system is.
export const THEMES = ['system', 'light', 'dark'];

export const theme = () => document.documentElement.dataset.theme ?? 'system';

export function useTheme(name) {
  if (name === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  try {
    if (name === 'system') localStorage.removeItem('theme');
    else localStorage.setItem('theme', name);
  } catch {
    // It holds for this visit then.
  }
}
