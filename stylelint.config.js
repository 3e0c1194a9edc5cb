export default {
  extends: "stylelint-config-standard",
  rules: {
    // Each component has its own file; order inside it follows the page, not specificity.
    "no-descending-specificity": null,
    // Tokens stand in groups.
    "custom-property-empty-line-before": null,
    "selector-class-pattern": null,
    // `hidden` and reduced motion must win over every component.
    "declaration-no-important": null,
    // iOS Safari still needs -webkit-text-size-adjust.
    "property-no-vendor-prefix": [true, { ignoreProperties: ["text-size-adjust"] }],
    // min-width is understood by phones of 2020 too.
    "media-feature-range-notation": "prefix",
    "color-hex-length": null,
    // Names of fonts.
    "value-keyword-case": ["lower", { ignoreProperties: [/^--font/, /^--mono/, /^--sans/] }],
  },
};
