/** As CloudFormation wants them, letters and digits alone, and as osls writes them: `order-desk` as `OrderDashdesk`. */
export function logicalId(name: string): string {
  const spelled = name.replaceAll('-', 'Dash').replaceAll('_', 'Underscore')
  return spelled.charAt(0).toUpperCase() + spelled.slice(1)
}
