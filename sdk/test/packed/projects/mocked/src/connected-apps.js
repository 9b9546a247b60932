/** Shows what the signed-in person allowed, each with a button that takes it back. */
export async function showApps(list, grantkeeper) {
  try {
    const grants = await grantkeeper.me.listGrants();
    list.replaceChildren(...grants.map((grant) => itemOf(list, grantkeeper, grant)));
  } catch (error) {
    list.textContent = error.message;
  }
}

function itemOf(list, grantkeeper, { id, client_name }) {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.textContent = `Revoke ${client_name}`;
  button.onclick = async () => {
    await grantkeeper.me.revokeGrant(id);
    await showApps(list, grantkeeper);
  };
  item.append(button);
  return item;
}
